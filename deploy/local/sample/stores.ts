import type { Api } from './api.ts';
import { customer, eachAt, offer, purse } from './offer.ts';

/** What the shop sells: fruit by the piece, without tax. */
export const GOODS = {
  id: 'jeju-gyul',
  business: 'shop',
  displayName: '제주 감귤',
  price: { currency: 'KRW', amount: '1000' },
  stock: 1000,
} as const;

/** What the webtoon store sells. */
export const EPISODES = [
  { id: 'dokkaebi-1', title: '도깨비 1화', episode: 1, body: '달이 뜨지 않는 밤, 고개 너머에서 방망이 소리가 들렸다.' },
  { id: 'dokkaebi-2', title: '도깨비 2화', episode: 2, body: '도깨비는 씨름을 청했고, 나무꾼은 메밀묵을 걸었다.' },
] as const;

export const EPISODE_PRICE = { currency: 'PTS', amount: '100' } as const;

/** Who buys, and what is on their prepaid account at first. */
export const BUYERS = [
  {
    id: 'shopper',
    displayName: '김손님',
    email: 'shopper@example.com',
    phone: '+82-10-5555-0201',
    address: '제주특별자치도 제주시 첨단로 242',
    balance: { currency: 'KRW', amount: '999999' },
  },
  {
    id: 'reader',
    displayName: '이독자',
    email: 'reader@example.com',
    phone: '+82-10-5555-0202',
    address: '서울특별시 마포구 월드컵북로 400',
    balance: { currency: 'PTS', amount: '600' },
  },
] as const;

/** Loads the shop and the webtoon store by the public REST API; run again, it changes nothing. */
export async function loadStores(api: Api): Promise<void> {
  const { price, stock, ...goods } = GOODS;
  await offer(api, goods, eachAt(price, goods.displayName), { kind: 'OFFERING_KIND_GOODS', stock: String(stock) });
  for (const { id, title, episode, body } of EPISODES) {
    await offer(api, { id, business: 'webtoon', displayName: title }, eachAt(EPISODE_PRICE, title), {
      kind: 'OFFERING_KIND_CONTENT',
      content: { author: '장부 화실', episode, body },
    });
  }
  for (const { balance, ...buyer } of BUYERS) {
    await customer(api, buyer);
    await purse(api, buyer.id, balance);
  }
}
