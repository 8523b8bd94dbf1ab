import { styleText } from "node:util";

/**
 * Colours words of a line of the result, where standard output is a terminal; NO_COLOR and FORCE_COLOR are respected. The line
 * has no control characters of its own.
 */
export type Paint = (line: string) => string;

const red = (text: string) => styleText("red", text);
const yellow = (text: string) => styleText("yellow", text);
const green = (text: string) => styleText("green", text);
const colours = { error: red, warning: yellow, note: (text: string) => styleText("cyan", text) };

/** How bad something is: the first word of a finding or a warning, and what `status` shouts. */
export const severities: Paint = (line) =>
  line
    .replace(/^( *)(error|warning|note)(?=: )/, (_, indent, word: keyof typeof colours) => indent + colours[word](word))
    .replace(/^(\S+(?: \S+)* {2,})(NOT HEALTHY|NOT up to date)/, (_, label, words) => label + red(words));

/** What is missing in the kernel, too much, or in another form there. */
export const changes: Paint = (line) =>
  line.replace(/(?<= {2})([+~-])(?= )/g, (sign) => (sign === "+" ? green : sign === "-" ? red : yellow)(sign));

/** What a line of differences is about. */
export const subjects: Paint = (line) => line.replace(/^.+?(?= {2})/, red);
