import type { Server } from "node:https";
import { Socket } from "node:net";

/** The connections to a server, and the ways in which they go wrong. */
export class Connections {
  readonly #tcp = new Set<Socket>();
  readonly #tls = new Set<Socket>();
  readonly #frozen = new WeakSet<Socket>();
  #total = 0;
  #sent = 0;

  constructor(server: Server) {
    // The reset needs the TCP socket; requests know their TLS socket only.
    server.on("connection", (socket) => {
      this.#total++;
      if (socket instanceof Socket) track(this.#tcp, socket);
    });
    server.on("secureConnection", (socket) => {
      track(this.#tls, socket);
      socket.on("close", () => {
        this.#sent += socket.bytesWritten;
      });
    });
  }

  /** How many were made since the start. */
  get total(): number {
    return this.#total;
  }

  /** How many bytes were sent, before they were encrypted. */
  get sent(): number {
    let sent = this.#sent;
    for (const { bytesWritten, destroyed } of this.#tls) if (!destroyed) sent += bytesWritten;
    return sent;
  }

  get open(): number {
    return this.#tcp.size;
  }

  /** Resets all of them. */
  cut(): void {
    for (const socket of this.#tcp) socket.resetAndDestroy();
  }

  /** Resets the one under a TLS socket. */
  reset({ remotePort }: Socket): void {
    for (const socket of this.#tcp) if (socket.remotePort === remotePort) socket.resetAndDestroy();
  }

  /** Nothing is sent any more over those that are open, and nothing read is answered. New ones are not touched. */
  freeze(): void {
    for (const socket of this.#tls) this.#frozen.add(socket);
  }

  isFrozen(socket: Socket): boolean {
    return this.#frozen.has(socket);
  }
}

function track(sockets: Set<Socket>, socket: Socket): void {
  sockets.add(socket);
  socket.on("close", () => sockets.delete(socket));
  // A client that goes away is no error here.
  socket.on("error", () => sockets.delete(socket));
}
