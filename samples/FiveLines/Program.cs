using Geobuk.Extensions.AI;
using Microsoft.Extensions.AI;

using var client = GeobukChatClient.Load(args[0]);
var options = new ChatOptions { MaxOutputTokens = 40 };
Console.WriteLine(await client.GetResponseAsync([new ChatMessage(ChatRole.User, args[1])], options));
