import type { GetMypageRequest } from '#proto/mypage/v1/mypage_service';
import { Fault } from '#shared/errors/fault';
import type { View } from '../store/view.ts';
import { toMypage } from './convert.ts';

/** The contract's customer_field holds customers to their own page before this runs. */
export function getMypage(view: View) {
  return async ({ customer: id }: GetMypageRequest) => {
    const page = await view.page(id);
    if (!page) throw mypageNotFound(id);
    return toMypage(page, id);
  };
}

export function mypageNotFound(id: string): Fault {
  return new Fault('MYPAGE_NOT_FOUND', {
    message: `nothing is known of customer ${id}`,
    metadata: { customer_id: id },
  });
}
