// Judges messages with node-schematron: a line of JSON comes in, a line of JSON goes out.
import { createInterface } from 'node:readline';
import schematron from 'node-schematron';

let schema;
for await (const line of createInterface({ input: process.stdin, crlfDelay: Infinity })) {
  const asked = JSON.parse(line);
  if (asked.schema) {
    schema = schematron.Schema.fromString(asked.schema);
    console.log('{}');
  } else {
    const before = process.cpuUsage();
    const results = asked.messages.map((message) => schema.validateString(message));
    const { user, system } = process.cpuUsage(before);
    const seconds = (user + system) / 1e6;
    const failed = results.map((result) => result.filter((each) => !each.isReport).map((each) => each.message));
    console.log(JSON.stringify({ seconds, failed }));
  }
}
