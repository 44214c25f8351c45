/** An exact rational number, for the second opinion only: it shares no arithmetic with the engine. */
export class Fraction {
  private constructor(
    readonly top: bigint,
    readonly bottom: bigint,
  ) {}

  static of(value: string | bigint): Fraction {
    if (typeof value === 'bigint') return new Fraction(value, 1n);
    const match = /^(-?)(\d+)(?:\.(\d+))?$/.exec(value);
    if (!match) throw new RangeError(`not a decimal: ${value}`);
    const [, sign = '', whole = '0', part = ''] = match;
    const top = BigInt(whole + part);
    return new Fraction(sign === '-' ? -top : top, 10n ** BigInt(part.length));
  }

  plus(other: Fraction): Fraction {
    return new Fraction(
      this.top * other.bottom + other.top * this.bottom,
      this.bottom * other.bottom,
    );
  }

  minus(other: Fraction): Fraction {
    return this.plus(new Fraction(-other.top, other.bottom));
  }

  times(other: Fraction): Fraction {
    return new Fraction(this.top * other.top, this.bottom * other.bottom);
  }

  over(other: Fraction): Fraction {
    if (other.top <= 0n) throw new RangeError('only division by what is positive');
    return new Fraction(this.top * other.bottom, this.bottom * other.top);
  }

  compare(other: Fraction): -1 | 0 | 1 {
    const left = this.top * other.bottom;
    const right = other.top * this.bottom;
    return left < right ? -1 : left > right ? 1 : 0;
  }

  abs(): Fraction {
    return this.top < 0n ? new Fraction(-this.top, this.bottom) : this;
  }

  /** The whole part of a number that is not negative. */
  floor(): bigint {
    if (this.top < 0n) throw new RangeError('negative');
    return this.top / this.bottom;
  }

  /** Half to even. */
  roundHalfEven(): bigint {
    if (this.top < 0n) return -this.abs().roundHalfEven();
    const whole = this.floor();
    const twice = 2n * (this.top - whole * this.bottom);
    if (twice > this.bottom || (twice === this.bottom && whole % 2n === 1n)) return whole + 1n;
    return whole;
  }

  /** Cut towards zero after so many digits. */
  cut(digits: number): Fraction {
    const scale = 10n ** BigInt(digits);
    return new Fraction((this.top * scale) / this.bottom, scale);
  }

  /** Half away from zero after so many digits, of a number that is not negative. */
  round(digits: number): Fraction {
    const scale = 10n ** BigInt(digits);
    return new Fraction((2n * this.top * scale + this.bottom) / (2n * this.bottom), scale);
  }

  /** Exact, for a number whose denominator is a power of ten. */
  toDecimal(): string {
    const digits = this.bottom.toString().length - 1;
    if (this.bottom !== 10n ** BigInt(digits)) throw new RangeError('not a decimal');
    const text = this.abs()
      .top.toString()
      .padStart(digits + 1, '0');
    const sign = this.top < 0n ? '-' : '';
    return digits === 0 ? sign + text : `${sign}${text.slice(0, -digits)}.${text.slice(-digits)}`;
  }
}
