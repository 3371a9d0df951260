import 'reflect-metadata';
import { Module } from '@nestjs/common';
import { createService } from '../../src/app/app.http.js';
import { AppModule } from '../../src/app/app.module.js';
import { listen } from '../../src/app/app.setup.js';
import { Board } from './board.js';

/** The service, with the tools of this demo. */
@Module({ imports: [AppModule], providers: [Board] })
class NodeModule {}

await listen(await createService(NodeModule));
