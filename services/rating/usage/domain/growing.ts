/** Typed arrays that grow: what is known of a million lines is a few of these and not a million objects. */
export class GrowingInts {
  values = new Int32Array(1024);
  length = 0;

  push(value: number): number {
    if (this.length === this.values.length) this.#room(this.length * 2);
    this.values[this.length] = value;
    return this.length++;
  }

  at(index: number): number {
    return this.values[index] ?? 0;
  }

  /** Sets a value anywhere; what lies between is zero. */
  set(index: number, value: number): void {
    if (index >= this.values.length) this.#room(Math.max(index + 1, this.values.length * 2));
    this.values[index] = value;
    if (index >= this.length) this.length = index + 1;
  }

  #room(size: number): void {
    const larger = new Int32Array(size);
    larger.set(this.values);
    this.values = larger;
  }
}

export class GrowingDoubles {
  values = new Float64Array(1024);
  length = 0;

  push(value: number): void {
    if (this.length === this.values.length) {
      const larger = new Float64Array(this.length * 2);
      larger.set(this.values);
      this.values = larger;
    }
    this.values[this.length++] = value;
  }
}

export class GrowingBytes {
  values = new Uint8Array(16 * 1024);
  length = 0;

  /** Appends some bytes; answers where they begin. */
  append(bytes: Uint8Array): number {
    if (this.length + bytes.length > this.values.length) {
      const larger = new Uint8Array(Math.max(this.values.length * 2, this.length + bytes.length));
      larger.set(this.values);
      this.values = larger;
    }
    this.values.set(bytes, this.length);
    this.length += bytes.length;
    return this.length - bytes.length;
  }
}
