using System.CommandLine;
using Geobuk.Inference.Sampling;

namespace Geobuk.Cli.Commands;

/// <summary>Options of the verbs that generate text.</summary>
internal sealed class SamplingOptions
{
    private readonly Option<int> _maxTokens = new("--max-tokens") { Description = "Tokens at most.", DefaultValueFactory = _ => 128 };
    private readonly Option<float> _temperature = new("--temperature") { Description = "0 always takes the likeliest token.", DefaultValueFactory = _ => 0 };
    private readonly Option<int> _topK = new("--top-k") { Description = "Keep the k likeliest tokens; 0 keeps all." };
    private readonly Option<float> _topP = new("--top-p") { Description = "Keep the likeliest tokens that reach this probability.", DefaultValueFactory = _ => 1 };
    private readonly Option<float> _minP = new("--min-p") { Description = "Keep tokens at least this fraction as likely as the likeliest." };
    private readonly Option<float> _penalty = new("--repetition-penalty") { Description = "Above 1 makes repetition less likely.", DefaultValueFactory = _ => 1 };
    private readonly Option<long?> _seed = new("--seed") { Description = "Seed of the draws." };
    private readonly Option<string[]> _stop = new("--stop") { Description = "Text that ends the answer.", DefaultValueFactory = _ => [] };

    public IReadOnlyList<Symbol> Symbols => [_maxTokens, _temperature, _topK, _topP, _minP, _penalty, _seed, _stop];

    public SamplingParameters Read(ParseResult arguments) => new()
    {
        MaxTokens = arguments.GetValue(_maxTokens),
        Temperature = arguments.GetValue(_temperature),
        TopK = arguments.GetValue(_topK),
        TopP = arguments.GetValue(_topP),
        MinP = arguments.GetValue(_minP),
        RepetitionPenalty = arguments.GetValue(_penalty),
        Seed = arguments.GetValue(_seed),
        Stop = arguments.GetValue(_stop) ?? [],
    };
}
