package org.ollamaorchestrator.gateway.api.openai;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import org.ollamaorchestrator.gateway.api.ModelAliases;
import org.ollamaorchestrator.gateway.jobs.JobRequest;
import org.ollamaorchestrator.protocol.ModelName;
import org.ollamaorchestrator.protocol.Operation;

/**
 * A client's request as Ollama's.
 *
 * @param model as the client wrote it
 * @param body Ollama's request, its model still to be set
 * @param stream whether the client wants events
 * @param ignored fields that have no effect
 */
record TranslatedRequest(
        String model, Operation operation, ObjectNode body, boolean stream, List<String> ignored, AnswerForm form) {

    TranslatedRequest {
        ignored = List.copyOf(ignored);
    }

    JobRequest job(ModelAliases aliases) {
        ModelName name = aliases.apply(model, body);
        return JobRequest.of(name, operation, body);
    }
}
