/** The agent does not do what it must, so that there is no point in going on. */
export class Trouble extends Error {
  constructor(message: string) {
    super(message);
    this.name = "Trouble";
  }
}
