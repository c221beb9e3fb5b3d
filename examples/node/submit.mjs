// Submits an achievement and waits for its receipt: all that a client has to do, in JavaScript.
//
//   node submit.mjs BOOTSTRAP INSTITUTION SCHEMAS ACHIEVEMENT_ID TITLE
//
// SCHEMAS is the folder schemas/avro. Needs kafkajs and avsc: npm ci.
import { createHash, randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import avro from "avsc";
import { Kafka, logLevel } from "kafkajs";

const [bootstrap, institution, schemas, achievementId, title] = process.argv.slice(2);
const PATIENCE = 60_000;

class Uuid extends avro.types.LogicalType {
  _fromValue(value) { return value; }
  _toValue(value) { return value; }
}

/** Microseconds since 1970, as the schemas have times. */
class Micros extends avro.types.LogicalType {
  _fromValue(value) { return new Date(value / 1000); }
  _toValue(value) { return value.getTime() * 1000; }
}

function typed(name) {
  const schema = JSON.parse(readFileSync(join(schemas, `${name}.avsc`), "utf8"));
  return avro.Type.forSchema(schema, {
    logicalTypes: { uuid: Uuid, "timestamp-micros": Micros },
    // A union's value is written as it is, without the name of its type around it.
    wrapUnions: false,
  });
}

/** CRC-64-AVRO of the schema in its canonical form, lowest byte first: what marks a record in single-object encoding. */
function fingerprint(type) {
  const empty = 0xc15d213aa4d7a795n;
  let sum = empty;
  for (const byte of Buffer.from(JSON.stringify(type.schema()), "utf8")) {
    let entry = (sum ^ BigInt(byte)) & 0xffn;
    for (let bit = 0; bit < 8; bit++) {
      entry = (entry >> 1n) ^ (empty & -(entry & 1n));
    }
    sum = (sum >> 8n) ^ BigInt.asUintN(64, entry);
  }
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(BigInt.asUintN(64, sum));
  return bytes;
}

const marked = (type) => Buffer.concat([Buffer.from([0xc3, 0x01]), fingerprint(type)]);

function achievement(submissionId) {
  const type = typed("AchievementRegistered");
  const record = {
    submission_id: submissionId,
    institution_id: institution,
    achievement_id: achievementId,
    version: 1,
    registered_at: new Date(),
    zh: null,
    en: { title, abstract: "", keywords: [] },
    owners: [], maturity: null, ip_rights: [], industries: [], modes: [], price: null, district: null,
    territories: [], valid_until: null, disclosure: "PUBLIC",
  };
  return Buffer.concat([marked(type), type.toBuffer(record)]);
}

function decoded(value, types) {
  const type = types.find((each) => marked(each).equals(value.subarray(0, 10)));
  return { record: type.name, ...type.fromBuffer(value.subarray(10)) };
}

const kafka = new Kafka({ clientId: "example", brokers: [bootstrap], logLevel: logLevel.ERROR });
const inbox = `techdock.inbox.${institution}.v1`;
const receipts = `techdock.receipts.${institution}.v1`;
// One id for as long as the same thing is said: keep it, and send the same again after any failure.
const submissionId = randomUUID();

async function main() {
  const admin = kafka.admin();
  await admin.connect();
  // Where the receipts end now: from here on none is missed.
  const [{ high }] = await admin.fetchTopicOffsets(receipts);
  await admin.disconnect();

  const producer = kafka.producer({ idempotent: true, maxInFlightRequests: 1 });
  await producer.connect();
  await producer.send({
    topic: inbox, acks: -1, messages: [{ key: achievementId, value: achievement(submissionId), partition: 0 }],
  });
  await producer.disconnect();
  console.log(JSON.stringify(await receipt(high), (_, each) => (typeof each === "bigint" ? Number(each) : each)));
}

async function receipt(from) {
  const types = ["SubmissionAccepted", "SubmissionRefused"].map(typed);
  // KafkaJS reads committed records only unless it is told otherwise.
  const consumer = kafka.consumer({ groupId: `example-${submissionId}` });
  await consumer.connect();
  await consumer.subscribe({ topic: receipts, fromBeginning: true });
  try {
    return await new Promise((resolve, reject) => {
      setTimeout(() => reject(new Error("no receipt: send the same again, the id keeps it safe")), PATIENCE);
      consumer.run({
        autoCommit: false,
        eachMessage: async ({ message }) => {
          const found = decoded(message.value, types);
          if (found.submission_id === submissionId) resolve(found);
        },
      });
      consumer.seek({ topic: receipts, partition: 0, offset: from });
    });
  } finally {
    await consumer.disconnect();
  }
}

await main();
process.exit(0);
