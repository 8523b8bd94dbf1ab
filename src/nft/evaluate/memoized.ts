/** The function with its results cached. */
export function memoized<Argument, Value extends object | string | number>(
  make: (argument: Argument) => Value,
): (argument: Argument) => Value {
  const values = new Map<Argument, Value>();
  return (argument) => {
    const known = values.get(argument);
    if (known !== undefined) return known;
    const value = make(argument);
    values.set(argument, value);
    return value;
  };
}
