// server/services/AgentConnectionManager.ts

import { WebSocketServer, WebSocket } from 'ws';
import crypto from 'crypto';
import { EventEmitter } from 'events';

interface AgentInfo {
  id: string;
  ws: WebSocket;
  models: string[];
  status: 'idle' | 'busy';
  lastHeartbeat: Date;
  activeJobs: Set<string>;
}

interface JobRequest {
  jobId: string;
  model: string;
  prompt: string;
  parameters?: any;
}

interface TokenChunk {
  jobId: string;
  token: string;
  done: boolean;
}

export class AgentConnectionManager extends EventEmitter {
  private agents: Map<string, AgentInfo> = new Map();
  private wss: WebSocketServer;
  private heartbeatInterval: NodeJS.Timeout;

  constructor(port: number = 8081) {
    super();
    
    this.wss = new WebSocketServer({ port });
    
    this.wss.on('connection', (ws: WebSocket) => {
      this.handleAgentConnection(ws);
    });

    // Heartbeat check every 10 seconds
    this.heartbeatInterval = setInterval(() => {
      this.checkHeartbeats();
    }, 10000);

    console.log(`Agent WebSocket server listening on port ${port}`);
  }

  private handleAgentConnection(ws: WebSocket) {
    const agentId = crypto.randomBytes(16).toString('hex');
    let agentInfo: AgentInfo | null = null;

    ws.on('message', (data: Buffer) => {
      try {
        const message = JSON.parse(data.toString());
        this.handleAgentMessage(agentId, message, ws);
      } catch (error) {
        console.error('Failed to parse agent message:', error);
      }
    });

    ws.on('close', () => {
      console.log(`Agent ${agentId} disconnected`);
      this.agents.delete(agentId);
      this.emit('agent:disconnected', agentId);
    });

    ws.on('error', (error) => {
      console.error(`Agent ${agentId} error:`, error);
    });

    // Send welcome message with agent ID
    ws.send(JSON.stringify({
      type: 'welcome',
      agentId,
      timestamp: Date.now(),
    }));
  }

  private handleAgentMessage(agentId: string, message: any, ws: WebSocket) {
    switch (message.type) {
      case 'register':
        this.registerAgent(agentId, ws, message.models);
        break;

      case 'heartbeat':
        this.updateHeartbeat(agentId);
        break;

      case 'token':
        this.handleToken(agentId, message);
        break;

      case 'job_complete':
        this.handleJobComplete(agentId, message.jobId);
        break;

      case 'job_error':
        this.handleJobError(agentId, message);
        break;

      case 'status':
        this.updateAgentStatus(agentId, message.status);
        break;

      default:
        console.warn(`Unknown message type from agent ${agentId}:`, message.type);
    }
  }

  private registerAgent(agentId: string, ws: WebSocket, models: string[]) {
    const agentInfo: AgentInfo = {
      id: agentId,
      ws,
      models: models || [],
      status: 'idle',
      lastHeartbeat: new Date(),
      activeJobs: new Set(),
    };

    this.agents.set(agentId, agentInfo);
    
    console.log(`Agent ${agentId} registered with models:`, models);
    
    this.emit('agent:registered', agentInfo);

    // Confirm registration
    ws.send(JSON.stringify({
      type: 'registered',
      agentId,
      timestamp: Date.now(),
    }));
  }

  private updateHeartbeat(agentId: string) {
    const agent = this.agents.get(agentId);
    if (agent) {
      agent.lastHeartbeat = new Date();
    }
  }

  private handleToken(agentId: string, message: TokenChunk) {
    // Emit token to job handlers
    this.emit('token', {
      jobId: message.jobId,
      token: message.token,
      done: message.done,
      agentId,
    });
  }

  private handleJobComplete(agentId: string, jobId: string) {
    const agent = this.agents.get(agentId);
    if (agent) {
      agent.activeJobs.delete(jobId);
      if (agent.activeJobs.size === 0) {
        agent.status = 'idle';
      }
    }

    this.emit('job:complete', { jobId, agentId });
  }

  private handleJobError(agentId: string, message: any) {
    const agent = this.agents.get(agentId);
    if (agent) {
      agent.activeJobs.delete(message.jobId);
      if (agent.activeJobs.size === 0) {
        agent.status = 'idle';
      }
    }

    this.emit('job:error', {
      jobId: message.jobId,
      error: message.error,
      agentId,
    });
  }

  private updateAgentStatus(agentId: string, status: 'idle' | 'busy') {
    const agent = this.agents.get(agentId);
    if (agent) {
      agent.status = status;
    }
  }

  private checkHeartbeats() {
    const now = Date.now();
    const timeout = 30000; // 30 seconds

    for (const [agentId, agent] of this.agents.entries()) {
      const timeSinceHeartbeat = now - agent.lastHeartbeat.getTime();
      
      if (timeSinceHeartbeat > timeout) {
        console.log(`Agent ${agentId} timed out (no heartbeat for ${timeSinceHeartbeat}ms)`);
        agent.ws.close();
        this.agents.delete(agentId);
        this.emit('agent:timeout', agentId);
      }
    }
  }

  // Public API for job submission
  public submitJob(job: JobRequest): boolean {
    // Find an idle agent that supports this model
    const availableAgent = Array.from(this.agents.values()).find(
      agent => 
        agent.status === 'idle' && 
        (agent.models.length === 0 || agent.models.includes(job.model))
    );

    if (!availableAgent) {
      return false; // No available agent
    }

    // Send job to agent via WebSocket (INSTANT - NO POLLING)
    availableAgent.ws.send(JSON.stringify({
      type: 'job',
      jobId: job.jobId,
      model: job.model,
      prompt: job.prompt,
      parameters: job.parameters,
    }));

    availableAgent.activeJobs.add(job.jobId);
    availableAgent.status = 'busy';

    console.log(`Job ${job.jobId} assigned to agent ${availableAgent.id}`);
    
    return true;
  }

  public getAgentCount(): number {
    return this.agents.size;
  }

  public getIdleAgentCount(): number {
    return Array.from(this.agents.values()).filter(a => a.status === 'idle').length;
  }

  public close() {
    clearInterval(this.heartbeatInterval);
    this.wss.close();
  }
}
