import { readdirSync, readFileSync, readlinkSync } from "node:fs";

/** The pid of this process's child that has a netfilter socket with a netlink port; undefined if none has it. */
export function holderOf(port: number): number | undefined {
  try {
    const sockets = readFileSync("/proc/net/netlink", "utf8").split("\n");
    const fields = sockets.map((line) => line.trim().split(/ +/));
    const inode = fields.find(([, protocol, own]) => protocol === "12" && own === String(port))?.at(-1);
    const children = readFileSync(`/proc/self/task/${process.pid}/children`, "utf8").trim().split(" ");
    return children.map(Number).find((pid) => openFiles(pid).includes(`socket:[${inode}]`));
  } catch {
    // A kernel without such files.
    return undefined;
  }
}

function openFiles(pid: number): readonly string[] {
  try {
    return readdirSync(`/proc/${pid}/fd`).map((fd) => readlinkSync(`/proc/${pid}/fd/${fd}`));
  } catch {
    // It has ended, or has closed a file meanwhile.
    return [];
  }
}
