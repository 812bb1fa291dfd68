using System.Text;
using Geobuk.Inference;
using Geobuk.Server.Api.Wire;

namespace Geobuk.Server.Api;

/// <summary>An answer as a response, or as the events of one. One instance serves one answer.</summary>
internal sealed class ResponseFormat(AnswerHeader header, ResponsesRequest request) : IAnswerFormat
{
    private readonly string _message = header.Id.Replace("resp_", "msg_");
    private readonly StringBuilder _text = new();
    private readonly List<ResponseItem> _output = [];
    private Usage? _usage;
    private FinishReason? _finish;
    private int _number;

    private string Status => _finish == FinishReason.Length ? "incomplete" : "completed";

    /// <inheritdoc/>
    public async Task OpenAsync(EventStream stream, CancellationToken cancellationToken)
    {
        await SendAsync(stream, Event("response.created") with { Response = Body("in_progress") }, cancellationToken);
        await SendAsync(stream, Event("response.in_progress") with { Response = Body("in_progress") }, cancellationToken);
    }

    /// <inheritdoc/>
    public async Task SendAsync(EventStream stream, AnswerPart part, CancellationToken cancellationToken)
    {
        if (part.Text.Length > 0)
        {
            if (_text.Length == 0) await OpenMessageAsync(stream, cancellationToken);
            _text.Append(part.Text);
            await SendAsync(stream, Part("response.output_text.delta") with { Delta = part.Text }, cancellationToken);
        }
        if (part.Finish is null) return;
        _finish = part.Finish;
        foreach (var item in Items(part with { Text = _text.ToString() }))
        {
            await (item.Content is null ? SendCallAsync(stream, item, cancellationToken) : CloseMessageAsync(stream, item, cancellationToken));
            _output.Add(item);
        }
    }

    /// <inheritdoc/>
    public Task SendUsageAsync(EventStream stream, Usage usage, CancellationToken cancellationToken)
    {
        _usage = usage;
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task CloseAsync(EventStream stream, CancellationToken cancellationToken) =>
        SendAsync(stream, Event($"response.{Status}") with { Response = Body(Status) }, cancellationToken);

    /// <inheritdoc/>
    public Task WriteAsync(HttpResponse response, IReadOnlyList<AnswerPart> answers, Usage usage, CancellationToken cancellationToken)
    {
        (_usage, _finish) = (usage, answers[0].Finish);
        _output.AddRange(Items(answers[0]));
        return response.WriteAsJsonAsync(Body(Status), WireJson.Wire.ResponseBody, contentType: null, cancellationToken);
    }

    /// <summary>What was said, unless only calls are made, and then the calls.</summary>
    private IEnumerable<ResponseItem> Items(AnswerPart answer)
    {
        if (answer.Text.Length > 0 || answer.Calls.Count == 0) yield return Message(Status, [new ResponseContent("output_text", answer.Text)]);
        foreach (var call in answer.Calls)
            yield return new ResponseItem($"fc_{call.Id!["call_".Length..]}", "function_call", "completed") { CallId = call.Id, Name = call.Function!.Name, Arguments = call.Function.Arguments };
    }

    private async Task OpenMessageAsync(EventStream stream, CancellationToken cancellationToken)
    {
        await SendAsync(stream, Event("response.output_item.added") with { OutputIndex = 0, Item = Message("in_progress", []) }, cancellationToken);
        await SendAsync(stream, Part("response.content_part.added") with { Part = new ResponseContent("output_text", "") }, cancellationToken);
    }

    private async Task CloseMessageAsync(EventStream stream, ResponseItem message, CancellationToken cancellationToken)
    {
        var content = message.Content![0];
        if (content.Text.Length == 0) await OpenMessageAsync(stream, cancellationToken);
        await SendAsync(stream, Part("response.output_text.done") with { Text = content.Text }, cancellationToken);
        await SendAsync(stream, Part("response.content_part.done") with { Part = content }, cancellationToken);
        await SendAsync(stream, Event("response.output_item.done") with { OutputIndex = 0, Item = message }, cancellationToken);
    }

    /// <summary>A call is known when it is whole; its arguments come in one piece.</summary>
    private async Task SendCallAsync(EventStream stream, ResponseItem call, CancellationToken cancellationToken)
    {
        await SendAsync(stream, Of("response.output_item.added") with { Item = call with { Status = "in_progress", Arguments = "" } }, cancellationToken);
        await SendAsync(stream, Of("response.function_call_arguments.delta") with { ItemId = call.Id, Delta = call.Arguments }, cancellationToken);
        await SendAsync(stream, Of("response.function_call_arguments.done") with { ItemId = call.Id, Name = call.Name, Arguments = call.Arguments }, cancellationToken);
        await SendAsync(stream, Of("response.output_item.done") with { Item = call }, cancellationToken);

        ResponseEvent Of(string type) => Event(type) with { OutputIndex = _output.Count };
    }

    private ResponseBody Body(string status) => new(header.Id, "response", header.Created, status, header.Model, _output)
    {
        IncompleteDetails = status == "incomplete" ? new ResponseIncomplete("max_output_tokens") : null,
        Instructions = request.Instructions,
        ParallelToolCalls = request.ParallelToolCalls ?? true,
        ToolChoice = request.ToolChoice ?? ResponseBody.Auto,
        Tools = request.Tools ?? [],
        Truncation = request.Truncation ?? "disabled",
        Usage = _usage is { } usage ? new ResponseUsage(usage.PromptTokens, usage.PromptTokensDetails, usage.CompletionTokens, new ResponseOutputDetails(0), usage.TotalTokens) : null,
    };

    private ResponseItem Message(string status, IReadOnlyList<ResponseContent> content) => new(_message, "message", status) { Role = "assistant", Content = content };

    private ResponseEvent Event(string type) => new(type, _number++);

    private ResponseEvent Part(string type) => Event(type) with { ItemId = _message, OutputIndex = 0, ContentIndex = 0 };

    private static Task SendAsync(EventStream stream, ResponseEvent what, CancellationToken cancellationToken) => stream.SendAsync(what.Type, what, WireJson.Wire.ResponseEvent, cancellationToken);
}
