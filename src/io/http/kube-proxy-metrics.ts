/** The metrics of the service proxy on this node, kube-proxy's or an agent's; empty if there is no answer. */
export async function kubeProxyMetrics(): Promise<string> {
  try {
    const answer = await fetch("http://127.0.0.1:10249/metrics", { signal: AbortSignal.timeout(10_000) });
    return await answer.text();
  } catch {
    return "";
  }
}
