import { describe, expect } from "@jest/globals";
import { dualStackWeb, service, slice } from "./manifests.ts";
import { networkTest } from "./network.ts";

/** Commands that change a copy of /etc for one process, in a mount namespace. */
const withEtc = (edit: string) => [
  "unshare",
  "--mount",
  "sh",
  "-c",
  `etc=$(mktemp -d) && mount -t tmpfs none "$etc" && cp -a /etc/. "$etc" && cd "$etc" && ${edit} &&
    cd "$OLDPWD" && mount --move "$etc" /etc && rmdir "$etc" && exec "$@"`,
  "sh",
];

const ports = [
  { name: "tcp", port: 80 },
  { name: "udp", port: 80, protocol: "UDP" },
  { name: "sctp", port: 80, protocol: "SCTP" },
];

const objects = [
  ...dualStackWeb,
  service("all", { clusterIP: "10.96.0.11", externalIPs: ["198.51.100.1"], sessionAffinity: "ClientIP", ports }),
  slice("all", ["10.244.1.11", "10.244.1.12"], { ports }),
  service("none", { clusterIP: "10.96.0.12", ports }),
];

describe("nft takes the names of protocols from /etc/protocols; apply and diff do not depend on them", () => {
  for (const [what, edit] of Object.entries({
    "is not there": "rm protocols",
    "has other names": "sed -i 's/^tcp/TransmissionControl/; s/^udp/tcp/; s/^sctp/sctp2/' protocols",
  })) {
    networkTest(`where it ${what}`, async (network) => {
      const resident = await network.resident(withEtc(edit));
      const input = JSON.stringify({ apiVersion: "v1", kind: "List", items: objects });
      const config = ["--config", `${process.cwd()}/fixtures/config/cluster-cidr.yaml`];
      const here = (command: string, ...args: readonly string[]) =>
        resident.run([command, "-f", "-", ...config, ...args], { input });
      expect(await here("check")).toMatchObject({ exitCode: 0 });
      expect(await here("apply")).toMatchObject({
        stdout: expect.stringMatching(/^default\/all:tcp {2}\+ /m),
        exitCode: 0,
      });
      expect(await here("diff")).toEqual({ stdout: "", stderr: "", exitCode: 0 });
      expect(await here("apply")).toEqual({ stdout: "nothing to change\n", stderr: "", exitCode: 0 });
      expect(await network.about("diff", objects)).toEqual({ stdout: "", stderr: "", exitCode: 0 });
      await network.nft("delete element ip kube-nft services { 10.96.0.11 . udp . 80 }");
      expect(await here("diff")).toMatchObject({
        stdout: expect.stringMatching(/^default\/all:udp {2}\+ /m),
        exitCode: 1,
      });
      expect(await here("apply")).toMatchObject({ exitCode: 0 });
      expect(await network.about("diff", objects)).toEqual({ stdout: "", stderr: "", exitCode: 0 });
    });
  }
});
