using System.Text;
using Geobuk.Inference;
using Geobuk.Server.Api.Wire;

namespace Geobuk.Server.Api;

/// <summary>An answer as a response, or as the events of one. One instance serves one answer.</summary>
internal sealed class ResponseFormat(AnswerHeader header, string? instructions) : IAnswerFormat
{
    private readonly string _item = header.Id.Replace("resp_", "msg_");
    private readonly StringBuilder _text = new();
    private Usage? _usage;
    private FinishReason? _finish;
    private int _number;

    /// <inheritdoc/>
    public async Task OpenAsync(EventStream stream, CancellationToken cancellationToken)
    {
        await SendAsync(stream, Event("response.created") with { Response = Body("in_progress", []) }, cancellationToken);
        await SendAsync(stream, Event("response.in_progress") with { Response = Body("in_progress", []) }, cancellationToken);
        await SendAsync(stream, Event("response.output_item.added") with { OutputIndex = 0, Item = Item("in_progress", []) }, cancellationToken);
        await SendAsync(stream, Part("response.content_part.added") with { Part = new ResponseContent("output_text", "") }, cancellationToken);
    }

    /// <inheritdoc/>
    public async Task SendAsync(EventStream stream, AnswerPart part, CancellationToken cancellationToken)
    {
        _text.Append(part.Text);
        _finish = part.Finish ?? _finish;
        if (part.Text.Length > 0) await SendAsync(stream, Part("response.output_text.delta") with { Delta = part.Text }, cancellationToken);
    }

    /// <inheritdoc/>
    public Task SendUsageAsync(EventStream stream, Usage usage, CancellationToken cancellationToken)
    {
        _usage = usage;
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public async Task CloseAsync(EventStream stream, CancellationToken cancellationToken)
    {
        var text = _text.ToString();
        await SendAsync(stream, Part("response.output_text.done") with { Text = text }, cancellationToken);
        await SendAsync(stream, Part("response.content_part.done") with { Part = new ResponseContent("output_text", text) }, cancellationToken);
        await SendAsync(stream, Event("response.output_item.done") with { OutputIndex = 0, Item = Item(Status, [new ResponseContent("output_text", text)]) }, cancellationToken);
        await SendAsync(stream, Event($"response.{Status}") with { Response = Whole(text) }, cancellationToken);
    }

    /// <inheritdoc/>
    public Task WriteAsync(HttpResponse response, AnswerPart answer, Usage usage, CancellationToken cancellationToken)
    {
        (_usage, _finish) = (usage, answer.Finish);
        return response.WriteAsJsonAsync(Whole(answer.Text), WireJson.Wire.ResponseBody, contentType: null, cancellationToken);
    }

    private string Status => _finish == FinishReason.Length ? "incomplete" : "completed";

    private ResponseBody Whole(string text) => Body(Status, [Item(Status, [new ResponseContent("output_text", text)])]) with
    {
        IncompleteDetails = _finish == FinishReason.Length ? new ResponseIncomplete("max_output_tokens") : null,
        Usage = _usage is { } usage ? new ResponseUsage(usage.PromptTokens, usage.PromptTokensDetails, usage.CompletionTokens, new ResponseOutputDetails(0), usage.TotalTokens) : null,
    };

    private ResponseBody Body(string status, IReadOnlyList<ResponseItem> output) => new(header.Id, "response", header.Created, status, header.Model, output) { Instructions = instructions };

    private ResponseItem Item(string status, IReadOnlyList<ResponseContent> content) => new(_item, "message", status, "assistant", content);

    private ResponseEvent Event(string type) => new(type, _number++);

    private ResponseEvent Part(string type) => Event(type) with { ItemId = _item, OutputIndex = 0, ContentIndex = 0 };

    private static Task SendAsync(EventStream stream, ResponseEvent what, CancellationToken cancellationToken) => stream.SendAsync(what.Type, what, WireJson.Wire.ResponseEvent, cancellationToken);
}
