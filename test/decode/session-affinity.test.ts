import { expect, test } from "@jest/globals";
import { decoded, service } from "./decoded-service.ts";

const affinities = [
  ["B-032 without a config", { sessionAffinity: "ClientIP" }, { timeoutSeconds: 10800 }, []],
  [
    "B-032 with an empty config",
    { sessionAffinity: "ClientIP", sessionAffinityConfig: { clientIP: {} } },
    { timeoutSeconds: 10800 },
    [],
  ],
  [
    "B-166 the shortest",
    { sessionAffinity: "ClientIP", sessionAffinityConfig: { clientIP: { timeoutSeconds: 1 } } },
    { timeoutSeconds: 1 },
    [],
  ],
  [
    "B-166 the longest",
    { sessionAffinity: "ClientIP", sessionAffinityConfig: { clientIP: { timeoutSeconds: 86400 } } },
    { timeoutSeconds: 86400 },
    [],
  ],
  [
    "B-166 too short",
    { sessionAffinity: "ClientIP", sessionAffinityConfig: { clientIP: { timeoutSeconds: 0 } } },
    { timeoutSeconds: 10800 },
    [
      "spec.sessionAffinityConfig.clientIP.timeoutSeconds: 0 is not a number of seconds (1 to 86400); the timeout is 10800 seconds",
    ],
  ],
  [
    "B-166 too long",
    { sessionAffinity: "ClientIP", sessionAffinityConfig: { clientIP: { timeoutSeconds: 86401 } } },
    { timeoutSeconds: 10800 },
    ["86401 is not"],
  ],
  [
    "a config that is none",
    { sessionAffinity: "ClientIP", sessionAffinityConfig: 60 },
    { timeoutSeconds: 10800 },
    ["spec.sessionAffinityConfig: 60 is not an object; the timeout is 10800 seconds"],
  ],
  ["None", { sessionAffinity: "None", sessionAffinityConfig: { clientIP: { timeoutSeconds: 60 } } }, undefined, []],
  [
    "an unknown one",
    { sessionAffinity: "Cookie" },
    undefined,
    ['spec.sessionAffinity: "Cookie" is not one of None, ClientIP; it is treated as None'],
  ],
] as const;

test.each(affinities)("sessionAffinity: %s", (_, spec, expected, problems) => {
  const read = decoded(service({ spec }));
  expect(read.value?.sessionAffinity).toEqual(expected);
  expect(read.problems).toEqual(problems.map((problem) => expect.stringContaining(problem)));
});
