using Geobuk.Inference.Sampling;
using Geobuk.Models.Tokenization;

namespace Geobuk.Inference;

/// <summary>The text of an answer while its tokens come in: whole characters only, special tokens left out, ended by stop strings.</summary>
internal sealed class AnswerText
{
    private readonly int _knownTokens;
    private readonly StreamDecoder? _decoder;
    private readonly StopText _stop;

    public AnswerText(InferenceModel model, IReadOnlyList<string> stops)
    {
        _stop = new StopText(stops);
        if (stops.Count == 0 && !model.HasTokenizer) return;
        _knownTokens = model.Tokenizer.VocabularySize;
        _decoder = new StreamDecoder(model.Tokenizer);
    }

    /// <summary>A stop string was completed.</summary>
    public bool Stopped => _stop.Stopped;

    /// <summary>The text that the token makes certain. Without a tokenizer there is none; nor for the padding of a vocabulary.</summary>
    public string Push(int id) => _decoder is not null && id < _knownTokens ? _stop.Push(_decoder.Next(id)) : "";

    /// <summary>What was held back, at the end; bytes of an incomplete character become U+FFFD.</summary>
    public string Finish() => _decoder is null ? "" : _stop.Push(_decoder.Flush()) + _stop.Flush();
}
