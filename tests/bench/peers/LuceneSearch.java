import java.io.BufferedWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.lucene.analysis.core.WhitespaceAnalyzer;
import org.apache.lucene.document.Document;
import org.apache.lucene.document.Field;
import org.apache.lucene.document.StoredField;
import org.apache.lucene.document.StringField;
import org.apache.lucene.document.TextField;
import org.apache.lucene.index.DirectoryReader;
import org.apache.lucene.index.IndexWriter;
import org.apache.lucene.index.IndexWriterConfig;
import org.apache.lucene.index.Term;
import org.apache.lucene.search.BooleanClause;
import org.apache.lucene.search.BooleanQuery;
import org.apache.lucene.search.IndexSearcher;
import org.apache.lucene.search.SearcherManager;
import org.apache.lucene.search.TermQuery;
import org.apache.lucene.search.TopDocs;
import org.apache.lucene.store.ByteBuffersDirectory;

/**
 * Lucene as it is meant to be used: one merged segment in memory, one thread, BM25 with its usual parameters.
 *
 * <p>Arguments: standing texts, arriving texts (one a line, words between blanks), a file for the answers, the number
 * of rarest terms to search with (0: all), rounds, and every how many queries one text is written anew and made
 * visible (0: never). Prints milliseconds for each query and round, and writes {@code text:score} of the best ten.
 */
public final class LuceneSearch {
  private static final String FIELD = "words";

  public static void main(String[] arguments) throws Exception {
    IndexSearcher.setMaxClauseCount(100_000);
    List<String> standing = Files.readAllLines(Path.of(arguments[0]));
    List<String> arriving = Files.readAllLines(Path.of(arguments[1]));
    int most = Integer.parseInt(arguments[3]);
    int rounds = Integer.parseInt(arguments[4]);
    int every = Integer.parseInt(arguments[5]);
    try (var directory = new ByteBuffersDirectory();
        var writer = new IndexWriter(directory, new IndexWriterConfig(new WhitespaceAnalyzer()))) {
      long began = System.nanoTime();
      for (int number = 0; number < standing.size(); number++) {
        writer.addDocument(document(number, standing.get(number)));
      }
      double indexed = (System.nanoTime() - began) / 1e9;
      writer.forceMerge(1);
      writer.commit();
      System.out.println("indexed " + indexed);
      for (int round = 0; round < rounds; round++) {
        search(writer, standing, arriving, most, every, round == 0 ? Path.of(arguments[2]) : null);
      }
    }
  }

  private static Document document(int number, String text) {
    Document document = new Document();
    document.add(new StringField("number", Integer.toString(number), Field.Store.NO));
    document.add(new StoredField("stored", number));
    document.add(new TextField(FIELD, text, Field.Store.NO));
    return document;
  }

  private static void search(
      IndexWriter writer, List<String> standing, List<String> arriving, int most, int every, Path answers)
      throws Exception {
    try (var manager = new SearcherManager(writer, null)) {
      List<BooleanQuery> queries = new ArrayList<>();
      IndexSearcher first = manager.acquire();
      for (String text : arriving) {
        queries.add(query((DirectoryReader) first.getIndexReader(), text, most));
      }
      manager.release(first);
      List<String> lines = new ArrayList<>();
      long taken = 0;
      for (int number = 0; number < queries.size(); number++) {
        long began = System.nanoTime();
        if (every > 0 && number % every == 0) {
          int revised = (int) (number * 7919L % standing.size());
          writer.updateDocument(
              new Term("number", Integer.toString(revised)), document(revised, standing.get(revised)));
          manager.maybeRefreshBlocking();
        }
        IndexSearcher searcher = manager.acquire();
        TopDocs top = searcher.search(queries.get(number), 10);
        taken += System.nanoTime() - began;
        if (answers != null) {
          StringBuilder line = new StringBuilder();
          var stored = searcher.storedFields();
          for (var hit : top.scoreDocs) {
            line.append(stored.document(hit.doc).getField("stored").numericValue()).append(':').append(hit.score);
            line.append(' ');
          }
          lines.add(line.toString().trim());
        }
        manager.release(searcher);
      }
      System.out.println("milliseconds " + taken / 1e6 / queries.size());
      if (answers != null) {
        try (BufferedWriter out = Files.newBufferedWriter(answers)) {
          for (String line : lines) {
            out.write(line);
            out.newLine();
          }
        }
      }
    }
  }

  private static BooleanQuery query(DirectoryReader reader, String text, int most) throws Exception {
    Map<String, Integer> frequencies = new HashMap<>();
    for (String word : text.split(" ")) {
      int frequency = reader.docFreq(new Term(FIELD, word));
      if (frequency > 0) {
        frequencies.put(word, frequency);
      }
    }
    List<String> words = new ArrayList<>(frequencies.keySet());
    words.sort(Comparator.comparing((String word) -> frequencies.get(word)).thenComparing(word -> word));
    BooleanQuery.Builder builder = new BooleanQuery.Builder();
    for (String word : most > 0 && words.size() > most ? words.subList(0, most) : words) {
      builder.add(new TermQuery(new Term(FIELD, word)), BooleanClause.Occur.SHOULD);
    }
    return builder.build();
  }
}
