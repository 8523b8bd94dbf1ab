// Types become blanks, so every statement keeps its line and column and stack traces need no source map.
import { stripTypeScriptTypes } from "node:module";

export default { process: (source) => ({ code: stripTypeScriptTypes(source) }) };
