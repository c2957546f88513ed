/** @file A module of worker threads that does not load, as one whose addon is of another computer. */
throw new Error("no such library\nRequire stack: …");
