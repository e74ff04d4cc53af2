#!/usr/bin/env node
console.log("braggstream");
