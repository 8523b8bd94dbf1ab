/** An exact probability in lowest terms: equal fractions have the same numerator and denominator. */
export type Fraction = { readonly numerator: bigint; readonly denominator: bigint };

export const one: Fraction = { numerator: 1n, denominator: 1n };

/** `fraction(2, 6)` is 1/3. */
export function fraction(numerator: number | bigint, denominator: number | bigint): Fraction {
  const [n, d] = [BigInt(numerator), BigInt(denominator)];
  const divisor = greatestCommonDivisor(n, d);
  return { numerator: n / divisor, denominator: d / divisor };
}

export function plus(a: Fraction, b: Fraction): Fraction {
  return fraction(a.numerator * b.denominator + b.numerator * a.denominator, a.denominator * b.denominator);
}

export function times(a: Fraction, b: Fraction): Fraction {
  return fraction(a.numerator * b.numerator, a.denominator * b.denominator);
}

/** `1/3`, or `1`. */
export function fractionText({ numerator, denominator }: Fraction): string {
  return denominator === 1n ? String(numerator) : `${numerator}/${denominator}`;
}

function greatestCommonDivisor(a: bigint, b: bigint): bigint {
  return b === 0n ? a : greatestCommonDivisor(b, a % b);
}
