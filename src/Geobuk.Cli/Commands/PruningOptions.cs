using System.CommandLine;
using System.Globalization;
using Geobuk.Cli.Terminal;
using Geobuk.Compression.Calibration;
using Geobuk.Compression.Pruning;
using Geobuk.Models;
using Geobuk.Models.Tokenization;

namespace Geobuk.Cli.Commands;

/// <summary>The options of <c>geobuk compress</c> that take parts out of a model, and what they do.</summary>
internal sealed class PruningOptions
{
    private const int SequenceLength = 512;
    private const int MostTokens = 200_000;
    private const string Activation = "activation", Magnitude = "magnitude", Random = "random";

    private readonly Option<int> _layers = new("--drop-layers") { Description = "Take out the layers that change the text's representation least.", HelpName = "N" };
    private readonly Option<int?> _width = new("--ffn") { Description = "Keep this many channels of every dense layer's MLP, those that add most.", HelpName = "N" };
    private readonly Option<int?> _experts = new("--experts") { Description = "Keep this many routed experts of every mixture layer, those that add most.", HelpName = "N" };
    private readonly Option<int?> _vocabulary = new("--vocab") { Description = "Keep this many tokens: bytes, special tokens and the most frequent in the text, with all that they are merged from.", HelpName = "N" };
    private readonly Option<string?> _parameters = new("--params") { Description = "Weights at most, as in 3.5B: tries shapes and keeps the one that loses least on the text.", HelpName = "COUNT" };

    private readonly Option<string> _criterion = CreateCriterion();

    public IReadOnlyList<Option> Symbols => [_layers, _width, _experts, _vocabulary, _parameters, _criterion];

    /// <summary>The folder of the smaller model; null where the options ask for none.</summary>
    /// <param name="arguments">The command line.</param>
    /// <param name="source">The model's folder.</param>
    /// <param name="calibration">Text to measure on.</param>
    /// <param name="scratch">Folder to write the smaller model to.</param>
    /// <param name="output">Remarks and progress.</param>
    /// <param name="cancellation">Stops between steps.</param>
    public string? Apply(ParseResult arguments, string source, string? calibration, string scratch, Output output, CancellationToken cancellation)
    {
        var target = new PruningTarget { DropLayers = arguments.GetValue(_layers), FeedForward = arguments.GetValue(_width), Experts = arguments.GetValue(_experts), Vocabulary = arguments.GetValue(_vocabulary) };
        var parameters = arguments.GetValue(_parameters) is { } text ? Count(text) : (long?)null;
        if (target.IsEmpty && parameters is null) return null;
        if (parameters is not null && !target.IsEmpty)
            throw new UserInputException("--params: stands beside --drop-layers, --ffn, --experts or --vocab; expected one or the others. --params chooses them.");
        var config = ModelConfig.Load(source);
        if (parameters is null) target.Validate(config);
        if (calibration is null) throw new UserInputException("--calibration: is missing; expected text of the kind that the model will work on. What matters for it is kept.");
        using var display = output.Progress();
        var progress = display.Of("prune");
        var read = CalibrationText.Read(calibration, Tokenizer.Load(source), Math.Min(SequenceLength, config.MaxPositions), MostTokens);
        foreach (var warning in read.Warnings) output.Remark("warning: " + warning);
        // Every fifth sequence is kept to choose by.
        var (held, measured) = (Tokens(read, held: true), Tokens(read, held: false));
        var importance = arguments.GetRequiredValue(_criterion) switch
        {
            Magnitude => WeightImportance.OfMagnitudes(source),
            Random => WeightImportance.Random(source),
            _ => ImportanceMeasure.Run(source, measured, progress, cancellation),
        };
        if (parameters is { } most)
        {
            var ranked = ShapeSearch.Rank(source, most, importance, held, scratch, progress, cancellation);
            foreach (var (shape, loss) in ranked) output.Remark($"{Describe(config, shape)}: {loss:f4} nats per token");
            target = ranked[0].Target;
        }
        var plan = PruningPlan.Of(config, target, importance) with { Vocabulary = Vocabulary(source, target, read) };
        ModelPruner.Write(source, plan, target, scratch, progress, cancellation);
        output.Remark($"kept {Describe(config, target)}, layers {string.Join(' ', plan.Layers)}, {ShapeSearch.Count(config, target, plan.Vocabulary?.Length):N0} weights");
        return scratch;
    }

    private static Option<string> CreateCriterion()
    {
        var option = new Option<string>("--criterion") { Description = "What says which layers, channels and experts matter: activation (what they do on the text), or, to compare with, magnitude (their weights alone) or random.", DefaultValueFactory = _ => Activation };
        option.AcceptOnlyFromAmong(Activation, Magnitude, Random);
        return option;
    }

    /// <summary>The most frequent tokens of the text; of equally frequent ones the older, which merges make earlier.</summary>
    private static int[]? Vocabulary(string source, PruningTarget target, CalibrationText text)
    {
        if (target.Vocabulary is not { } most) return null;
        var tokenizer = Tokenizer.Load(source);
        var counts = new long[tokenizer.VocabularySize];
        foreach (var id in text.Sequences.SelectMany(sequence => sequence)) counts[id]++;
        return tokenizer.ChooseVocabulary(Enumerable.Range(0, counts.Length).OrderByDescending(id => counts[id]).ThenBy(id => id), most);
    }

    private static int[] Tokens(CalibrationText text, bool held)
    {
        var chosen = text.Sequences.Where((_, i) => i % 5 == 4 == held).SelectMany(sequence => sequence).ToArray();
        return chosen.Length > 0 ? chosen : [.. text.Sequences.SelectMany(sequence => sequence)];
    }

    private static string Describe(ModelConfig config, PruningTarget target) =>
        $"{config.LayerCount - target.DropLayers} layers, width {target.FeedForward ?? config.IntermediateSize}" + (config.Mixture is { } mixture ? $", {target.Experts ?? mixture.RoutedExperts} experts" : "");

    private static long Count(string text)
    {
        var unit = text.Length > 0 ? char.ToUpperInvariant(text[^1]) switch { 'K' => 1e3, 'M' => 1e6, 'B' => 1e9, _ => 1 } : 1;
        var digits = unit > 1 ? text[..^1] : text;
        return double.TryParse(digits, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number) && number * unit is >= 1 and < 1e15
            ? (long)(number * unit)
            : throw new UserInputException($"--params: is {text}; expected a number of weights such as 3.5B or 400M.");
    }
}
