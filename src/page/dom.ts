/** The contents of an element: texts, which are never markup, and other elements. */
export type Content = string | Node | undefined | readonly Content[];

type Attributes = Readonly<Record<string, string | undefined>>;

/** An element with its attributes and contents. */
export function element(tag: string, attributes: Attributes = {}, ...content: readonly Content[]): HTMLElement {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) if (value !== undefined) made.setAttribute(name, value);
  made.append(...nodes(content));
  return made;
}

export function show(parent: Element, ...content: readonly Content[]): void {
  parent.replaceChildren(...nodes(content));
}

function nodes(content: readonly Content[]): readonly (string | Node)[] {
  return content.flatMap((each): readonly (string | Node)[] => {
    if (each === undefined) return [];
    return typeof each === "string" || each instanceof Node ? [each] : nodes(each);
  });
}

/** An element of index.html. */
export function byId(id: string): HTMLElement {
  const found = document.getElementById(id);
  if (!found) throw new Error(`there is no element ${id}`);
  return found;
}

export function link(href: string, text: string): HTMLElement {
  return element("a", { href }, text);
}

/** The URL of a Service's page. */
export function serviceAddress(service: string): string {
  return `#/service/${service.split("/").map(encodeURIComponent).join("/")}`;
}
