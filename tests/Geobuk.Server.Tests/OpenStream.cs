using System.Text.Json.Nodes;

namespace Geobuk.Server.Tests;

/// <summary>A streamed answer that is being read; disposing it hangs up.</summary>
internal sealed class OpenStream(HttpResponseMessage response, StreamReader reader) : IDisposable
{
    /// <summary>The data of the next event; null after the last.</summary>
    public async Task<string?> ReadEventAsync()
    {
        while (await reader.ReadLineAsync() is { } line)
            if (line.StartsWith("data: ", StringComparison.Ordinal)) return line["data: ".Length..];
        return null;
    }

    /// <summary>Every further event, and whether [DONE] came last.</summary>
    public async Task<(List<JsonNode> Events, bool Done)> ReadToEndAsync()
    {
        var events = new List<JsonNode>();
        while (await ReadEventAsync() is { } data)
        {
            if (data == "[DONE]") return (events, await ReadEventAsync() is null);
            events.Add(JsonNode.Parse(data)!);
        }
        return (events, false);
    }

    public void Dispose()
    {
        reader.Dispose();
        response.Dispose();
    }
}
