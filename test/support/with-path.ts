/** During `body`, programs are searched in these directories, `a:b`. */
export async function withPath<T>(directories: string, body: () => Promise<T>): Promise<T> {
  const path = process.env["PATH"];
  process.env["PATH"] = directories;
  try {
    return await body();
  } finally {
    process.env["PATH"] = path;
  }
}
