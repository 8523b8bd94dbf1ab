import { connect, createServer } from "node:net";

/**
 * TCP servers, each of which sends its own address, and a client that connects once, as long as its kernel retries. Writes
 * the server that answered, or the error. Arguments: the address of the client, the place that it connects to, and the
 * places of the servers, each as `address,port`.
 */
const [client = place(""), asked = place(""), ...servers] = process.argv.slice(2).map(place);

for (const { address, port } of servers) createServer((socket) => socket.end(address)).listen(port, address);

const socket = connect({ host: asked.address, port: asked.port, localAddress: client.address });
socket.on("data", (answer) => process.stdout.write(`${answer}\n`));
socket.on("error", (error) => process.stdout.write(`${error.message}\n`));

function place(text: string): { readonly address: string; readonly port: number } {
  const [address = "", port] = text.split(",");
  return { address, port: Number(port) };
}
