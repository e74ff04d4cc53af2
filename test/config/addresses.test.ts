import t from "tap";
import { isLoopback, nearestWord, parseEndpoint, parseListen } from "../../src/config/index.js";

t.test("endpoints", async (t) => {
  t.same(parseEndpoint("tcp://127.0.0.1:31001"), { transport: "tcp", host: "127.0.0.1", port: 31001 });
  t.same(parseEndpoint("tcp://dcu-7.lab.example:9999"), { transport: "tcp", host: "dcu-7.lab.example", port: 9999 });
  t.same(parseEndpoint("tcp://[fe80::1%eth0]:1"), { transport: "tcp", host: "fe80::1%eth0", port: 1 });
  t.same(parseEndpoint("tcp://*:*"), { transport: "tcp", host: "*", port: 0 });
  t.same(parseEndpoint("ipc:///tmp/feeds/0"), { transport: "ipc", path: "/tmp/feeds/0" });
  for (const bad of [
    "",
    "tcp://",
    "tcp://host",
    "tcp://:80",
    "tcp://host:65536",
    "tcp://host:-1",
    "tcp://ho st:1",
    "tcp://a:1:2",
    "inproc://x",
    "udp://a:1",
    "ipc://",
    "ipc://a b",
    `ipc:///${"x".repeat(107)}`,
    "127.0.0.1:80",
  ])
    t.equal(parseEndpoint(bad), null, bad.slice(0, 30));
});

t.test("listen addresses", async (t) => {
  t.same(parseListen("127.0.0.1:0"), { host: "127.0.0.1", port: 0, loopback: true });
  t.same(parseListen("[::1]:8080"), { host: "::1", port: 8080, loopback: true });
  t.same(parseListen("[::]:8080"), { host: "::", port: 8080, loopback: false });
  t.same(parseListen("0.0.0.0:80"), { host: "0.0.0.0", port: 80, loopback: false });
  for (const bad of ["", "8080", ":8080", "*:8080", "localhost:*", "localhost:99999", "::1:80", "http://localhost:80", "localhost:80/"])
    t.equal(parseListen(bad), null, bad);
});

t.test("only this machine reaches a loopback address", async (t) => {
  for (const host of ["localhost", "LOCALHOST", "127.0.0.1", "127.8.9.10", "::1"]) t.ok(isLoopback(host), host);
  for (const host of ["127.evil.example", "localhost.example", "10.0.0.1", "::", "0.0.0.0"]) t.notOk(isLoopback(host), host);
});

t.test("the nearest word", async (t) => {
  const words = ["source", "scan", "simulate"];
  t.equal(nearestWord("suorce", words), "source");
  t.equal(nearestWord("sim", words), "simulate", "a beginning is near");
  t.equal(nearestWord("source", words), "source");
  t.equal(nearestWord("zzzzzz", words), null);
  t.equal(nearestWord("", words), null);
  t.equal(nearestWord("source".repeat(20), ["source".repeat(20)]), null, "too long to be a mistyped word");
});
