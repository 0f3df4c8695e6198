// The reference parser's side of `benchmarks/parser/run`: each line of standard input is a file and a number of seconds;
// the answer is the median time of one parse in microseconds. The same measuring as in Sources/Benchmarks/ParserBenchmark.
"use strict";

const fs = require("fs");
const readline = require("readline");
const { parse } = require(process.argv[2]);

function median(seconds, body) {
  const times = [];
  let sum = 0;
  const end = process.hrtime.bigint() + BigInt(Math.round(seconds * 1e9));
  while (process.hrtime.bigint() < end) {
    const batch = 50;
    const start = process.hrtime.bigint();
    for (let round = 0; round < batch; round++) sum += body();
    times.push(Number(process.hrtime.bigint() - start) / 1000 / batch);
  }
  if (sum === 0) throw new Error("the measured code did nothing");
  times.sort((left, right) => left - right);
  return times[Math.floor(times.length / 2)];
}

readline.createInterface({ input: process.stdin }).on("line", (line) => {
  const [path, seconds] = line.split(" ");
  const source = fs.readFileSync(path, "utf8");
  console.log(median(Number(seconds), () => parse(source).definitions.length));
});
