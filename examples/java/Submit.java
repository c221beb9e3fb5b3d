// Submits an achievement and waits for its receipt: all that a client has to do, in Java.
//
//   java -cp CLASSPATH Submit BOOTSTRAP INSTITUTION SCHEMAS ACHIEVEMENT_ID TITLE
//
// Needs org.apache.kafka:kafka-clients and org.apache.avro:avro. SCHEMAS is the folder schemas/avro.
import java.io.File;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.apache.avro.Schema;
import org.apache.avro.generic.GenericData;
import org.apache.avro.generic.GenericRecord;
import org.apache.avro.generic.GenericRecordBuilder;
import org.apache.avro.message.BinaryMessageDecoder;
import org.apache.avro.message.BinaryMessageEncoder;
import org.apache.avro.message.SchemaStore;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;

public class Submit {
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    public static void main(String[] arguments) throws Exception {
        String bootstrap = arguments[0];
        String institution = arguments[1];
        File schemas = new File(arguments[2]);
        // One id for as long as the same thing is said: keep it, and send the same again after any failure.
        String submissionId = UUID.randomUUID().toString();
        byte[] submission = achievement(schemas, submissionId, institution, arguments[3], arguments[4]);
        try (Receipts receipts = new Receipts(bootstrap, institution, schemas)) {
            send(bootstrap, "techdock.inbox." + institution + ".v1", arguments[3], submission);
            System.out.println(receipts.of(submissionId));
        }
    }

    private static byte[] achievement(File schemas, String submissionId, String institution, String id, String title)
            throws Exception {
        Schema schema = new Schema.Parser().parse(new File(schemas, "AchievementRegistered.avsc"));
        Schema text = schema.getField("en").schema().getTypes().get(1);
        if (text.getType() == Schema.Type.NULL) {
            text = schema.getField("en").schema().getTypes().get(0);
        }
        Instant now = Instant.now();
        GenericRecord record = new GenericRecordBuilder(schema)
                .set("submission_id", submissionId)
                .set("institution_id", institution)
                .set("achievement_id", id)
                .set("version", 1)
                .set("registered_at", now.getEpochSecond() * 1_000_000L + now.getNano() / 1_000L)
                .set("en", new GenericRecordBuilder(text).set("title", title).build())
                .build();
        // Single-object encoding: two marking bytes, the schema's fingerprint, then the record.
        ByteBuffer encoded = new BinaryMessageEncoder<GenericRecord>(GenericData.get(), schema).encode(record);
        byte[] bytes = new byte[encoded.remaining()];
        encoded.get(bytes);
        return bytes;
    }

    private static void send(String bootstrap, String topic, String key, byte[] value) throws Exception {
        Map<String, Object> settings = Map.of(
                "bootstrap.servers", bootstrap, "acks", "all", "enable.idempotence", true,
                "key.serializer", ByteArraySerializer.class, "value.serializer", ByteArraySerializer.class);
        try (KafkaProducer<byte[], byte[]> producer = new KafkaProducer<>(settings)) {
            // Waiting for the answer, so that no failure goes unseen.
            producer.send(new ProducerRecord<>(topic, key.getBytes(StandardCharsets.UTF_8), value)).get();
        }
    }

    /** Receipts from now on: made before anything is sent, so that none is missed. */
    private static final class Receipts implements AutoCloseable {
        private final KafkaConsumer<byte[], byte[]> consumer;
        private final Schema accepted;
        private final Schema refused;

        Receipts(String bootstrap, String institution, File schemas) throws Exception {
            accepted = new Schema.Parser().parse(new File(schemas, "SubmissionAccepted.avsc"));
            refused = new Schema.Parser().parse(new File(schemas, "SubmissionRefused.avsc"));
            consumer = new KafkaConsumer<>(Map.of(
                    "bootstrap.servers", bootstrap, "isolation.level", "read_committed",
                    "key.deserializer", ByteArrayDeserializer.class,
                    "value.deserializer", ByteArrayDeserializer.class));
            List<TopicPartition> all = Collections.singletonList(
                    new TopicPartition("techdock.receipts." + institution + ".v1", 0));
            consumer.assign(all);
            consumer.seekToEnd(all);
            // Seeking is lazy: the position has to be asked for before anything is sent.
            consumer.position(all.get(0));
        }

        String of(String submissionId) throws Exception {
            Instant end = Instant.now().plus(PATIENCE);
            while (Instant.now().isBefore(end)) {
                for (var message : consumer.poll(Duration.ofMillis(500))) {
                    GenericRecord receipt = decoded(message.value());
                    if (submissionId.equals(receipt.get("submission_id").toString())) {
                        return receipt.getSchema().getName() + " " + receipt;
                    }
                }
            }
            throw new IllegalStateException("no receipt in " + PATIENCE + ": send the same again, the id keeps it safe");
        }

        private GenericRecord decoded(byte[] value) throws Exception {
            SchemaStore.Cache known = new SchemaStore.Cache();
            known.addSchema(accepted);
            known.addSchema(refused);
            Schema writer = known.findByFingerprint(ByteBuffer.wrap(value, 2, 8).order(java.nio.ByteOrder.LITTLE_ENDIAN).getLong());
            BinaryMessageDecoder<GenericRecord> decoder = new BinaryMessageDecoder<>(GenericData.get(), writer);
            return decoder.decode(value);
        }

        @Override
        public void close() {
            consumer.close();
        }
    }
}
