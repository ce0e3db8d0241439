// Checks PDF files against PDF/UA-1 and PDF/A-3a with veraPDF, many in one process.
// Prints the failed clauses; exits with 1 when there is one, with 2 when nothing was checked.

import java.io.FileInputStream;
import java.util.Map;
import java.util.TreeMap;
import org.verapdf.gf.foundry.VeraGreenfieldFoundryProvider;
import org.verapdf.pdfa.Foundries;
import org.verapdf.pdfa.PDFAParser;
import org.verapdf.pdfa.PDFAValidator;
import org.verapdf.pdfa.flavours.PDFAFlavour;
import org.verapdf.pdfa.results.TestAssertion;
import org.verapdf.pdfa.results.ValidationResult;

public class Check {
    public static void main(String[] files) {
        VeraGreenfieldFoundryProvider.initialise();
        PDFAFlavour[] flavours = {PDFAFlavour.PDFUA_1, PDFAFlavour.PDFA_3_A};
        int failures = 0;
        int checks = 0;
        for (String file : files) {
            for (PDFAFlavour flavour : flavours) {
                try (PDFAParser parser =
                                Foundries.defaultInstance().createParser(new FileInputStream(file), flavour);
                        PDFAValidator validator = Foundries.defaultInstance().createValidator(flavour, false)) {
                    ValidationResult result = validator.validate(parser);
                    checks += result.getTotalAssertions();
                    if (result.isCompliant()) {
                        continue;
                    }
                    failures++;
                    Map<String, String> clauses = new TreeMap<>();
                    for (TestAssertion assertion : result.getTestAssertions()) {
                        if (assertion.getStatus() == TestAssertion.Status.FAILED) {
                            String clause =
                                    assertion.getRuleId().getClause() + "-" + assertion.getRuleId().getTestNumber();
                            clauses.putIfAbsent(clause, assertion.getMessage() + " at " + assertion.getLocation().getContext());
                        }
                    }
                    System.out.println("FAIL " + flavour.getId() + " " + file);
                    clauses.forEach((clause, message) -> System.out.println("  " + clause + ": " + message));
                } catch (Exception error) {
                    failures++;
                    System.out.println("FAIL " + flavour.getId() + " " + file + ": " + error);
                }
            }
        }
        System.out.println(files.length + " files, " + checks + " checks, " + failures + " failures");
        System.exit(checks == 0 ? 2 : failures > 0 ? 1 : 0);
    }
}
