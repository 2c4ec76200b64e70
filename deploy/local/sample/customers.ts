import type { TrafficClass } from './traffic.ts';

export interface SampleCustomer {
  readonly key: string;
  readonly displayName: string;
  readonly email: string;
  readonly phone: string;
  readonly address: string;
  /** What the customer's devices are, with the plan each kind is on. */
  readonly devices: readonly {
    readonly traffic: TrafficClass;
    readonly plan: string;
    readonly count: number;
  }[];
}

const meters = (count: number) => ({ traffic: 'meter', plan: 'iot-meter', count }) as const;
const trackers = (count: number) => ({ traffic: 'tracker', plan: 'iot-tracker', count }) as const;
const cameras = (count: number) => ({ traffic: 'camera', plan: 'iot-video', count }) as const;
const routers = (count: number) => ({ traffic: 'router', plan: 'iot-video', count }) as const;

/** Eight customers with forty lines between them. */
export const CUSTOMERS: readonly SampleCustomer[] = [
  {
    key: 'hanbit',
    displayName: '한빛전력 주식회사',
    email: 'billing@hanbit-power.example.com',
    phone: '+82-2-555-0101',
    address: '서울특별시 중구 세종대로 110',
    devices: [meters(10)],
  },
  {
    key: 'gangmul',
    displayName: '강물수도 사업소',
    email: 'account@gangmul-water.example.com',
    phone: '+82-31-555-0102',
    address: '경기도 수원시 팔달구 효원로 241',
    devices: [meters(8)],
  },
  {
    key: 'saebyeok',
    displayName: '새벽배송 주식회사',
    email: 'finance@saebyeok.example.com',
    phone: '+82-2-555-0103',
    address: '서울특별시 송파구 올림픽로 300',
    devices: [trackers(7)],
  },
  {
    key: 'jungang',
    displayName: '중앙고속버스',
    email: 'telecom@jungang-bus.example.com',
    phone: '+82-42-555-0104',
    address: '대전광역시 동구 동서대로 1689',
    devices: [trackers(2), routers(2)],
  },
  {
    key: 'ansim',
    displayName: '안심보안 주식회사',
    email: 'invoice@ansim-security.example.com',
    phone: '+82-51-555-0105',
    address: '부산광역시 해운대구 센텀중앙로 79',
    devices: [cameras(4)],
  },
  {
    key: 'pureun',
    displayName: '푸른농장 영농조합',
    email: 'office@pureun-farm.example.com',
    phone: '+82-61-555-0106',
    address: '전라남도 나주시 그린로 20',
    devices: [meters(2), cameras(1)],
  },
  {
    key: 'bada',
    displayName: '바다수산물류',
    email: 'desk@bada-logistics.example.com',
    phone: '+82-64-555-0107',
    address: '제주특별자치도 제주시 임항로 97',
    devices: [trackers(2)],
  },
  {
    key: 'haengbok',
    displayName: '행복편의점 가맹본부',
    email: 'pos@haengbok-mart.example.com',
    phone: '+82-53-555-0108',
    address: '대구광역시 중구 국채보상로 670',
    devices: [routers(2)],
  },
];
