# agent.py (COMPLETE REWRITE)

import asyncio
import json
import websockets
import aiohttp
import os
from typing import Optional

class OllamaAgent:
    def __init__(
        self,
        server_url: str = "ws://localhost:8081",
        ollama_url: str = "http://localhost:11434",
        models: list = None
    ):
        self.server_url = server_url
        self.ollama_url = ollama_url
        self.models = models or []
        self.agent_id: Optional[str] = None
        self.ws: Optional[websockets.WebSocketClientProtocol] = None
        self.running = False
        
    async def connect(self):
        """Connect to server via WebSocket"""
        print(f"Connecting to {self.server_url}...")
        
        try:
            self.ws = await websockets.connect(self.server_url)
            self.running = True
            print("Connected to server!")
            
            # Wait for welcome message
            welcome = await self.ws.recv()
            welcome_data = json.loads(welcome)
            
            if welcome_data.get('type') == 'welcome':
                self.agent_id = welcome_data['agentId']
                print(f"Assigned agent ID: {self.agent_id}")
            
            # Register with server
            await self.register()
            
            # Start heartbeat task
            asyncio.create_task(self.heartbeat_loop())
            
            # Start message handling
            await self.message_loop()
            
        except Exception as e:
            print(f"Connection error: {e}")
            self.running = False
            
    async def register(self):
        """Register agent with available models"""
        await self.ws.send(json.dumps({
            'type': 'register',
            'models': self.models,
        }))
        print(f"Registered with models: {self.models}")
        
    async def heartbeat_loop(self):
        """Send heartbeat every 5 seconds"""
        while self.running:
            try:
                await asyncio.sleep(5)
                if self.ws and not self.ws.closed:
                    await self.ws.send(json.dumps({
                        'type': 'heartbeat',
                        'timestamp': asyncio.get_event_loop().time(),
                    }))
            except Exception as e:
                print(f"Heartbeat error: {e}")
                break
                
    async def message_loop(self):
        """Handle incoming messages from server"""
        try:
            async for message in self.ws:
                data = json.loads(message)
                message_type = data.get('type')
                
                if message_type == 'job':
                    # New job received - process immediately
                    asyncio.create_task(self.process_job(data))
                elif message_type == 'registered':
                    print("Registration confirmed")
                else:
                    print(f"Unknown message type: {message_type}")
                    
        except websockets.exceptions.ConnectionClosed:
            print("Connection closed by server")
            self.running = False
        except Exception as e:
            print(f"Message loop error: {e}")
            self.running = False
            
    async def process_job(self, job_data: dict):
        """Process a job by calling Ollama and streaming tokens back"""
        job_id = job_data['jobId']
        model = job_data['model']
        prompt = job_data['prompt']
        parameters = job_data.get('parameters', {})
        
        print(f"Processing job {job_id} with model {model}")
        
        # Update status to busy
        await self.ws.send(json.dumps({
            'type': 'status',
            'status': 'busy',
        }))
        
        try:
            # Call Ollama with streaming
            async with aiohttp.ClientSession() as session:
                async with session.post(
                    f"{self.ollama_url}/api/generate",
                    json={
                        'model': model,
                        'prompt': prompt,
                        'stream': True,
                        **parameters,
                    }
                ) as response:
                    # Stream tokens back via WebSocket
                    async for line in response.content:
                        if not line:
                            continue
                            
                        try:
                            chunk = json.loads(line)
                            token = chunk.get('response', '')
                            done = chunk.get('done', False)
                            
                            if token:
                                # Send token immediately via WebSocket
                                # NO HTTP POST OVERHEAD!
                                await self.ws.send(json.dumps({
                                    'type': 'token',
                                    'jobId': job_id,
                                    'token': token,
                                    'done': done,
                                }))
                            
                            if done:
                                break
                                
                        except json.JSONDecodeError:
                            continue
            
            # Job complete
            await self.ws.send(json.dumps({
                'type': 'job_complete',
                'jobId': job_id,
            }))
            
            print(f"Job {job_id} completed")
            
        except Exception as e:
            print(f"Job {job_id} error: {e}")
            
            # Send error
            await self.ws.send(json.dumps({
                'type': 'job_error',
                'jobId': job_id,
                'error': str(e),
            }))
        
        finally:
            # Update status to idle
            await self.ws.send(json.dumps({
                'type': 'status',
                'status': 'idle',
            }))

async def main():
    # Configuration
    server_url = os.getenv('SERVER_WS_URL', 'ws://localhost:8081')
    ollama_url = os.getenv('OLLAMA_URL', 'http://localhost:11434')
    models = os.getenv('MODELS', 'llama2,mistral').split(',')
    
    agent = OllamaAgent(
        server_url=server_url,
        ollama_url=ollama_url,
        models=models
    )
    
    # Keep trying to connect
    while True:
        try:
            await agent.connect()
        except Exception as e:
            print(f"Error: {e}")
            print("Reconnecting in 5 seconds...")
            await asyncio.sleep(5)

if __name__ == "__main__":
    asyncio.run(main())
