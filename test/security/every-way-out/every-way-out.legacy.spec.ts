import { describeEveryWayOut } from './every-way-out.js';

describeEveryWayOut('legacy');
