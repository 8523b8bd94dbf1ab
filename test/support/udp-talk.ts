import { createSocket } from "node:dgram";

/**
 * UDP servers, each of which answers with its own address, and a client that sends every 20 ms from one port. Writes a
 * line for each answer. Arguments: the place of the client, the place that it sends to, and the places of the servers,
 * each as `address,port`.
 */
const [client = place(""), asked = place(""), ...servers] = process.argv.slice(2).map(place);

for (const { address, port } of servers) {
  const server = createSocket(address.includes(":") ? "udp6" : "udp4");
  server.on("message", (_, from) => server.send(address, from.port, from.address));
  server.bind(port, address);
}

const socket = createSocket(client.address.includes(":") ? "udp6" : "udp4");
socket.on("message", (answer) => process.stdout.write(`${answer}\n`));
socket.on("error", () => {}); // while the rules refuse it, sending fails
socket.bind(client.port, client.address, () => {
  setInterval(() => socket.send("who", asked.port, asked.address, () => {}), 20);
});

function place(text: string): { readonly address: string; readonly port: number } {
  const [address = "", port] = text.split(",");
  return { address, port: Number(port) };
}
