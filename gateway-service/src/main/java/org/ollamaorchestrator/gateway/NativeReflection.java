package org.ollamaorchestrator.gateway;

import io.quarkus.runtime.annotations.RegisterForReflection;
import org.ollamaorchestrator.protocol.AgentId;
import org.ollamaorchestrator.protocol.AgentMessage;
import org.ollamaorchestrator.protocol.GatewayId;
import org.ollamaorchestrator.protocol.GatewayMessage;
import org.ollamaorchestrator.protocol.InstanceId;
import org.ollamaorchestrator.protocol.JobId;
import org.ollamaorchestrator.protocol.ModelName;
import org.ollamaorchestrator.protocol.OllamaModel;
import org.ollamaorchestrator.protocol.RawJson;
import org.ollamaorchestrator.protocol.Room;

/** The types that only the codec's {@code ObjectMapper} sees: a native binary knows nothing of them unless told. */
@RegisterForReflection(
        targets = {
            AgentId.class,
            AgentMessage.class,
            AgentMessage.Activity.class,
            AgentMessage.Chunk.class,
            AgentMessage.Heartbeat.class,
            AgentMessage.JobComplete.class,
            AgentMessage.JobError.class,
            AgentMessage.LinePart.class,
            AgentMessage.Lines.class,
            AgentMessage.OllamaState.class,
            AgentMessage.Register.class,
            AgentMessage.RegisterV1.class,
            AgentMessage.RegisterV2.class,
            AgentMessage.Resuming.class,
            AgentMessage.Status.class,
            AgentMessage.Token.class,
            GatewayId.class,
            GatewayMessage.class,
            GatewayMessage.Ack.class,
            GatewayMessage.Cancel.class,
            GatewayMessage.Drain.class,
            GatewayMessage.Job.class,
            GatewayMessage.JobPart.class,
            GatewayMessage.OllamaJob.class,
            GatewayMessage.PromptJob.class,
            GatewayMessage.Registered.class,
            GatewayMessage.Resume.class,
            GatewayMessage.Welcome.class,
            GatewayMessage.WelcomeV1.class,
            GatewayMessage.WelcomeV2.class,
            InstanceId.class,
            JobId.class,
            ModelName.class,
            OllamaModel.class,
            RawJson.class,
            Room.class
        })
final class NativeReflection {

    private NativeReflection() {}
}
