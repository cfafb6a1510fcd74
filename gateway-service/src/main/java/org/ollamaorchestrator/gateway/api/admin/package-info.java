/** Administrators' calls: API keys, agents and models, while the gateway runs. */
@NullMarked
@CheckReturnValue
package org.ollamaorchestrator.gateway.api.admin;

import com.google.errorprone.annotations.CheckReturnValue;
import org.jspecify.annotations.NullMarked;
