import { describeMatrix } from './matrix.js';

describeMatrix('modern');
