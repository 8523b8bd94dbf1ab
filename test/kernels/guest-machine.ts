import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import type { Finding } from "./findings.ts";

export type Boot = {
  readonly kernel: string;
  readonly initramfs: string;
  /** Where the console's output goes. */
  readonly log: string;
  /** Milliseconds, after which the guest is ended. */
  readonly limit: number;
};

/** Boots a guest by software emulation, and yields what it finds; it ends by itself, or after its time. */
export async function* findingsOf({ kernel, initramfs, log, limit }: Boot): AsyncGenerator<Finding> {
  const qemu = spawn(
    "qemu-system-x86_64",
    [
      ...["-machine", "q35", "-accel", "tcg,thread=multi", "-cpu", "max", "-smp", "2", "-m", "3072"],
      ...["-nodefaults", "-no-user-config", "-display", "none", "-no-reboot", "-device", "virtio-rng-pci"],
      ...["-kernel", kernel, "-initrd", initramfs, "-append", "console=ttyS0 panic=-1 quiet"],
      ...["-serial", `file:${log}`, "-serial", "stdio"],
    ],
    { stdio: ["ignore", "pipe", "inherit"], timeout: limit, killSignal: "SIGKILL" },
  );
  const ended = new Promise<string>((resolve) => {
    qemu.on("error", (error) => resolve(error.message));
    qemu.on("close", (code, signal) => resolve(signal === null ? `exit code ${code}` : "its time was over"));
  });
  let isDone = false;
  try {
    for await (const line of createInterface(qemu.stdout)) {
      if (!line.startsWith("{")) continue;
      const finding: Finding = JSON.parse(line);
      isDone ||= finding.kind === "done" || finding.kind === "failed";
      yield finding;
    }
    const end = await ended;
    if (!isDone) yield { kind: "failed", text: `the guest ended early: ${end}; ${log} has its console` };
  } finally {
    qemu.kill("SIGKILL");
  }
}
