package org.ollamaorchestrator.gateway.agents;

import io.netty.channel.ChannelPipeline;
import io.quarkus.websockets.next.HttpUpgradeCheck;
import io.smallrye.mutiny.Uni;
import io.vertx.core.net.impl.ConnectionBase;
import jakarta.inject.Singleton;

/**
 * Closes a connection with 1007 whose text frames are not UTF-8 (RFC 6455, 8.1). Vert.x does not look, and would hand over
 * such bytes as replacement characters, which a model's answer may hold rightfully.
 */
@Singleton
public class Utf8Frames implements HttpUpgradeCheck {

    /** Vert.x's own handler, which has to come after the check. */
    private static final String VERTX_HANDLER = "handler";

    private static final String NAME = "utf8-frames";

    @Override
    public Uni<CheckResult> perform(HttpUpgradeContext context) {
        if (context.httpRequest().connection() instanceof ConnectionBase connection) {
            ChannelPipeline pipeline = connection.channel().pipeline();
            if (pipeline.get(NAME) == null) {
                pipeline.addBefore(VERTX_HANDLER, NAME, new TextFrameValidator());
            }
        }
        return CheckResult.permitUpgrade();
    }
}
