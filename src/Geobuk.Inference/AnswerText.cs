using System.Text;
using Geobuk.Inference.Sampling;
using Geobuk.Models.Tokenization;

namespace Geobuk.Inference;

/// <summary>The text of an answer while its tokens come in: whole characters only, special tokens left out, ended by stop strings.</summary>
internal sealed class AnswerText
{
    private readonly Tokenizer? _tokenizer;
    private readonly Decoder _utf8 = Encoding.UTF8.GetDecoder();
    private readonly StopText _stop;

    public AnswerText(InferenceModel model, IReadOnlyList<string> stops)
    {
        _tokenizer = stops.Count > 0 || model.HasTokenizer ? model.Tokenizer : null;
        _stop = new StopText(stops);
    }

    /// <summary>A stop string was completed.</summary>
    public bool Stopped => _stop.Stopped;

    /// <summary>The text that the token makes certain. Without a tokenizer there is none.</summary>
    public string Push(int id)
    {
        // A model's vocabulary may be padded beyond the tokenizer's.
        if (_tokenizer is null || id >= _tokenizer.VocabularySize || _tokenizer.IsSpecial(id)) return "";
        return _stop.Push(Decode(_tokenizer.DecodeBytes(id), flush: false));
    }

    /// <summary>What was held back, at the end; bytes of an incomplete character become U+FFFD.</summary>
    public string Finish() => _stop.Push(Decode([], flush: true)) + _stop.Flush();

    private string Decode(byte[] bytes, bool flush)
    {
        var characters = new char[_utf8.GetCharCount(bytes, flush)];
        _utf8.GetChars(bytes, characters, flush);
        return new string(characters);
    }
}
