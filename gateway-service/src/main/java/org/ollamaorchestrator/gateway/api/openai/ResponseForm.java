package org.ollamaorchestrator.gateway.api.openai;

import java.time.InstantSource;
import org.ollamaorchestrator.gateway.api.stream.EventDialect;
import org.ollamaorchestrator.gateway.api.stream.WholeAnswer;

/** The form of a response, streamed or whole. */
record ResponseForm(ResponseEcho echo, InstantSource clock) implements AnswerForm {

    @Override
    public EventDialect events(AnswerHead head) {
        return new ResponseEvents(json(head), head.key());
    }

    @Override
    public WholeAnswer whole(AnswerHead head) {
        return new ResponseAnswer(json(head), head.key());
    }

    private ResponseJson json(AnswerHead head) {
        return new ResponseJson(head, echo, clock);
    }
}
