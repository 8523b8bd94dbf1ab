import { styleText } from "node:util";

/**
 * Colours words of a result line if standard output is a terminal; NO_COLOR and FORCE_COLOR are respected. The line has no
 * control characters of its own.
 */
export type Paint = (line: string) => string;

const red = (text: string) => styleText("red", text);
const yellow = (text: string) => styleText("yellow", text);
const green = (text: string) => styleText("green", text);
const colours = { error: red, warning: yellow, note: (text: string) => styleText("cyan", text) };

/** A severity: the first word of a finding or a warning, and what `status` writes in capitals. */
export const severities: Paint = (line) =>
  line
    .replace(/^( *)(error|warning|note)(?=: )/, (_, indent, word: keyof typeof colours) => indent + colours[word](word))
    .replace(/^(\S+(?: \S+)* {2,})(NOT HEALTHY|NOT up to date)/, (_, label, words) => label + red(words));

/** Missing in the kernel, only there, or different. */
export const changes: Paint = (line) =>
  line.replace(/(?<= {2})([+~-])(?= )/g, (sign) => (sign === "+" ? green : sign === "-" ? red : yellow)(sign));

/** The subject of a line of differences. */
export const subjects: Paint = (line) => line.replace(/^.+?(?= {2})/, red);
