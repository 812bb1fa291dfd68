using Geobuk.Server.Api.Wire;

namespace Geobuk.Server.Api;

/// <summary>How an answer looks on the wire: as chat, as text completion or as a response.</summary>
internal interface IAnswerFormat
{
    /// <summary>Sends what comes before the first piece.</summary>
    Task OpenAsync(EventStream stream, CancellationToken cancellationToken);

    /// <summary>Sends one piece.</summary>
    Task SendAsync(EventStream stream, AnswerPart part, CancellationToken cancellationToken);

    /// <summary>Sends the last event, which has no choice in it.</summary>
    Task SendUsageAsync(EventStream stream, Usage usage, CancellationToken cancellationToken);

    /// <summary>Sends what ends a stream.</summary>
    Task CloseAsync(EventStream stream, CancellationToken cancellationToken) => stream.DoneAsync(cancellationToken);

    /// <summary>Writes the whole answers, in the order of their indices.</summary>
    Task WriteAsync(HttpResponse response, IReadOnlyList<AnswerPart> answers, Usage usage, CancellationToken cancellationToken);
}
