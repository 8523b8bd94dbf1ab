/** Takes one item from each queue in turn, so that nobody waits for another's whole queue. */
export function inTurn<T>(queues: Iterable<readonly T[]>): readonly T[] {
  const order: T[] = [];
  let left = [...queues];
  for (let round = 0; left.length > 0; round++) {
    left = left.filter(({ length }) => length > round);
    for (const queue of left) order.push(...queue.slice(round, round + 1));
  }
  return order;
}
