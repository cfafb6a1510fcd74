package org.ollamaorchestrator.gateway.api.openai;

import org.ollamaorchestrator.gateway.api.stream.EventDialect;
import org.ollamaorchestrator.gateway.api.stream.WholeAnswer;

/** How the answer to one request is written, with all that the request says about it. */
interface AnswerForm {

    EventDialect events(AnswerHead head);

    WholeAnswer whole(AnswerHead head);
}
