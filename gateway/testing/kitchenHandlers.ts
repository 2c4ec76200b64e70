// biome-ignore-all lint/suspicious/noExplicitAny: the service is known only at run time, by its descriptor.

/** Messages that the wire carries and proto3 JSON cannot say. */
const unspeakable: Record<string, any> = {
  lateTime: { time: { seconds: 10n ** 15n, nanos: 0 } },
  time: { time: { seconds: 0n, nanos: -1 } },
  span: { span: { seconds: 10n ** 15n, nanos: 0 } },
  mixedSpan: { span: { seconds: 1n, nanos: -1 } },
  mask: { mask: { paths: ['fText'] } },
  any: { any: { typeUrl: 'type.googleapis.com/nowhere.Nothing', value: new Uint8Array([1]) } },
  brokenAny: { any: { typeUrl: 'type.googleapis.com/lab.kitchen.v1.Side', value: new Uint8Array([255]) } },
  value: { value: { kind: { case: undefined } } },
  infiniteValue: { value: { kind: { case: 'numberValue', value: Number.POSITIVE_INFINITY } } },
};

/** The kitchen gives every order back as it came. */
export function kitchenHandlers() {
  const same = (call: any, callback: any) => callback(null, call.request);
  const names =
    'Whole Replace Change Part Asked Plain Resource Trailing Renamed Mixed DishOnly Methods Nothing Loose Picture';
  return {
    ...Object.fromEntries(names.split(' ').map((name) => [name, same])),
    Strange: (_: any, callback: any) =>
      callback(null, { dish: { fCourse: 77, fTaste: -5, pCourse: 1, courses: [2, 99], side: { pTaste: 2 } } }),
    Unspeakable: (call: any, callback: any) => callback(null, { dish: unspeakable[call.request.name] }),
    UnspeakableStream(call: any) {
      call.write({ name: 'first' });
      call.write({ dish: unspeakable[call.request.name] });
      call.end();
    },
    Words(call: any) {
      const { text, failCode, failMessage, course } = call.request;
      for (const name of text.split(' ').filter(Boolean)) call.write({ name, dish: { fCourse: course } });
      if (failCode === 0) call.end();
      else call.emit('error', { code: failCode, details: failMessage });
    },
  };
}
