/* What every engine has to do, as cases that any test runner can run. */
export { engineCompliance } from './engine-compliance.ts'
export type { ComplianceCase, ComplianceOptions, Place } from './trial.ts'
